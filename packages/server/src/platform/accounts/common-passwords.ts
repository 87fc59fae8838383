/**
 * Is this one of the passwords that guessers try first? A list of the words they are made of and the ways in which
 * people dress them up (tails, capitals, letters as digits, keyboard walks, doubling): a few kilobytes that stand
 * for tens of thousands of entries of the leaked lists. Only passwords of 8 characters and more come here.
 *
 * Spec: OWASP ASVS 5, 6.2.4 and 6.2.11 (context words); NIST SP 800-63B §5.1.1.2.
 */

const WORDS = new Set(
  `abc abcd abcde abcdef access account action adidas admin administrator adrian africa aini aini1314 airborne alaska albert
  alex alexander alexandra alexis alfred alice allison alpha amanda amazing amber america anaconda anderson andrea
  andrew angel angela angels animal anthony apollo apple april archie aragorn arsenal arthur asdasd asdf asdfgh asdfghjkl
  ashley asshole august austin avatar awesome babygirl babylon badboy bailey banana barcelona baseball basketball
  batman beatles beautiful beauty bella benjamin berlin bigdaddy bigdog bismillah blackcat blackjack blahblah blessed
  blink182 blossom bond007 bonnie booboo booger boston brandon brandy brazil brian broncos brother bubbles buddy
  bulldog business buster butterfly calvin camaro cameron canada captain carlos carolina caroline cassie celtic
  champion chance changeit changeme charles charlie charlotte cheese chelsea cherry chester chicago chicken chocolate
  chris chrisbrown christian christina christine christmas christopher classic claudia coffee college compaq computer
  cookie cooper corvette counter country courtney cowboy cowboys crazy creative cricket crystal daddy daisy dakota dallas
  daniel danielle darkness dave david dearbook death december default denise dennis denver depeche dexter diablo diamond digital
  dilbert dolphin dolphins domino donald dragon dragonball dreamer dreams eagle eagles eastside eclipse edward einstein
  elephant elizabeth eminem emmanuel england enter everton explorer facebook falcon family fantasy favorite felicia
  fender fernando ferrari firebird fireman fishing florida flower flowers football forever forest fortnite frankie
  freddy freedom friday friend friends fuck fucker fuckme fuckoff fuckyou gabriel gandalf gangster garfield genesis george
  giants gibson gizmo goddess godzilla golden goldfish golfer goodluck google gordon greenday guest guitar gunner hacker
  hahaha hannah happy harley hello hellokitty helpme hendrix heather hockey hollywood honda honey hotdog hotmail houston
  hunter iceman iloveu iloveyou iloveme ilovegod india infinity inlove internet ireland ironman isabella italia jackass
  jackie jackson jaguar jamaica james jasmine jason jasper jeffrey jennifer jeremy jerome jessica jesus jesuschrist
  johnny johnson jonathan jordan joseph joshua julian junior justice justin katherine kawasaki kenneth kevin killer
  kimberly kingkong kitty klaster knight kristina ladybug lakers larissa lauren legend leonardo letmein liberty lifehack
  lincoln linkin linkinpark liverpool login logitech london looking lorenzo lover loveme lovely loveyou lucky madison
  madonna maggie magic manchester marina marine marlboro martin marvin maryjane master matrix matthew maverick maxwell
  melissa mercedes mercury merlin metallica mexico michael michelle mickey microsoft midnight miller million minecraft
  mohammed monday money monica monkey monster montana morgan mother motorola mountain muffin murphy mustang myspace
  naruto natalie natasha nathan newyork nicholas nicole nihao nintendo nirvana nissan november nothing october oliver
  olivia online orange p pass passw passwd passwo passwor password passport patricia patrick peaches peanut pearljam
  peewee penguin pepper phoenix picasso pikachu playboy player please pokemon police porsche portugal power precious
  prince princess private promise purple pussy qazwsx qazwsxedc a aa aaa ab as li q qq qqq qqqq w wo wu x yu z zz zzz liu chen huang zhao zhou sun ma lin yang he gao xu qweasd qweasdzxc qwe qwer qwert qwerty qwertyui
  qwertyuiop rabbit rachel raiders rainbow ranger raymond realmadrid rebecca redsox remember richard robert rockstar
  ronaldo root rosebud runner russia samantha samsung samuel sandra santiago saturn scooby scooter scorpion scotland
  secret security senha sergey server service sexy shadow shannon sherlock silver simple skywalker slipknot slayer
  smokey snoopy snowball soccer softball soleil something sophie spartan spiderman spongebob startrek starwars
  steelers stella stephanie steven student suckme sugar summer sunday sunflower sunshine super superman superstar support
  swordfish sydney system taylor teacher teamo tequila test testing thailand theman thomas thunder thx1138 tiger tigers
  tigger tinkerbell tokyo tottenham toyota travis trinity trouble trustno trustnoone turtle tweety twitter unicorn united
  user valentina vanessa veronica victor victoria viking vincent viper volcano walter warcraft warrior welcome wang wangyi
  western whatever white william williams willow windows winner winston winter wizard wolverine woaini woaiwojia
  woaiwo wolf xavier xbox xiaoming xiaoxiao xxx yamaha yankees yellow youtube yuantuo zhang zhangwei zaqwsx zombie zxc zxcv
  zxcvbn zxcvbnm admin123 love iloveyou1314 woaini1314 tianya qaz wsx asd zaq fgh millrace stream streamer streaming
  twitch bilibili danmaku douyu huya livestream broadcast`.split(/\s+/),
);

/** Rows and columns of keyboards and what is counted up; also read backwards. */
const WALKS = [
  '0123456789012345678901234567890123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop[]asdfghjkl;zxcvbnm,./',
  'azertyuiopqsdfghjklmwxcvbn',
  'qwertzuiopasdfghjklyxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  'qazwsxedcrfvtgbyhnujmikolp',
  'a1s2d3f4g5h6j7k8l9',
  'a1b2c3d4e5f6g7h8i9j0',
  'aabbccddeeffgghhiijj',
  '112233445566778899001122',
  '147258369147258369',
  '1472583690',
  '159357159357',
  '1q2w3e1q2w3e',
  '13579246801357924680',
  '5201314520131452013145201314',
  '7758521775852177585217758521',
  '741852963741852963',
  '789456123789456123',
  '123654789123654789',
  '100200300400',
  'aqwzsxedcrfv',
  'zaq12wsxcde34rfv',
  'zaq1xsw2cde3vfr4',
  'qwer1234asdf',
  '1234qwerasdfzxcv',
  'asdf1234qwer',
  'abcd1234efgh',
  '1234abcd5678',
  'abc123abc123',
  '123abc123abc',
  'qwe123qwe123',
  '123qwe123qwe',
  'asd123asd123',
  '123321123321',
  '12344321',
  '1234554321',
];
/** Shorter pieces of a walk say little. */
const MIN_WALK_LETTERS = 5;
const ALL_WALKS = [...WALKS, ...WALKS.map((walk) => Array.from(walk).toReversed().join(''))];
const isWalk = (text: string) =>
  text.length >= MIN_WALK_LETTERS && ALL_WALKS.some((walk) => walk.includes(text));

const AS_DIGITS: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
};
const AS_SIGNS: Readonly<Record<string, string>> = { '@': 'a', $: 's', '!': 'i', '€': 'e' };
const unleet = (text: string) =>
  Array.from(text, (letter) => AS_DIGITS[letter] ?? AS_SIGNS[letter] ?? letter).join('');

/** A tail of up to four signs is no secret; longer ones are common when they are a year, a walk or one sign. */
const MAX_TAIL_LETTERS = 4;
const isCommonTail = (tail: string) =>
  tail.length <= MAX_TAIL_LETTERS || isWalk(tail) || isRepetition(tail) || /^(?:19|20)\d\d.?$/.test(tail);

/** A piece of up to four letters again and again: `aaaaaaaa`, `abababab`, `123123123`. */
const isRepetition = (text: string) => /^(.{1,4})\1+.?$/.test(text);

const isDate = (text: string) =>
  /^(?:19|20)\d\d[-./]?(?:0[1-9]|1[0-2])[-./]?(?:0[1-9]|[12]\d|3[01])$/.test(text) ||
  /^(?:0[1-9]|[12]\d|3[01])[-./]?(?:0[1-9]|[12]\d|3[01])[-./]?(?:19|20)\d\d$/.test(text);

function isDressedWord(text: string, words: ReadonlySet<string>): boolean {
  if (words.has(text)) return true;
  const [, head = '', core = '', tail = ''] = /^([^\p{L}]*)(.*?)([^\p{L}]*)$/su.exec(text) ?? [];
  if (head.length > MAX_TAIL_LETTERS && !isWalk(head)) return false;
  if (!isCommonTail(tail)) return false;
  if (words.has(core) || words.has(unleet(core))) return true;
  // The tail may be a letter of the word: passw0rd1, adm1n!.
  if (words.has(unleet(head + core)) || words.has(unleet(core + tail.slice(0, 1)))) return true;
  // Two of them: passwordpassword, iloveyoumonkey.
  for (let cut = 3; cut <= core.length - 3; cut += 1) {
    if (words.has(core.slice(0, cut)) && words.has(core.slice(cut)) && core.length <= 16) return true;
  }
  return false;
}

/** `context` are words that are no secret here: the account's name, the site's name. */
export function isCommonPassword(password: string, context: readonly string[] = []): boolean {
  const text = password.normalize('NFKC').toLowerCase();
  if (isWalk(text) || isRepetition(text) || isDate(text)) return true;
  if (isDressedWord(text, WORDS)) return true;
  return isDressedWord(text, new Set(context.map((word) => word.toLowerCase())));
}
