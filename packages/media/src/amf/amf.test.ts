/** AMF0 in both directions from one table of bytes; AMF3 as it is read; and the bounds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '../bytes/index.ts';
import { EcmaArray, MAX_AMF_DEPTH, readAmf0, writeAmf0, type AmfValue } from './index.ts';

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/[\s|]/g, ''), 'hex'));
}
function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}
function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof FormatError && error.code === code;
}

const BOTH_WAYS: readonly { readonly name: string; readonly hex: string; readonly value: AmfValue }[] = [
  { name: 'number', hex: '00 3ff0000000000000', value: 1 },
  { name: 'negative number', hex: '00 c004000000000000', value: -2.5 },
  { name: 'true', hex: '01 01', value: true },
  { name: 'false', hex: '01 00', value: false },
  { name: 'string', hex: '02 0003 616263', value: 'abc' },
  { name: 'empty string', hex: '02 0000', value: '' },
  { name: 'string beyond ASCII', hex: '02 0006 e79bb4e692ad', value: '直播' },
  { name: 'null', hex: '05', value: null },
  { name: 'undefined', hex: '06', value: undefined },
  { name: 'empty object', hex: '03 000009', value: new Map() },
  {
    name: 'object',
    hex: '03 0001 61 00 3ff0000000000000 | 0001 62 02 0001 63 | 000009',
    value: new Map<string, AmfValue>([
      ['a', 1],
      ['b', 'c'],
    ]),
  },
  {
    name: 'ECMA array',
    hex: '08 00000001 | 0005 7769647468 00 4094000000000000 | 000009',
    value: new EcmaArray([['width', 1280]]),
  },
  { name: 'strict array', hex: '0a 00000002 | 05 | 02 0001 61', value: [null, 'a'] },
  { name: 'date', hex: '0b 4271f71fb0450000 0000', value: new Date(1234567890000) },
  {
    name: 'a key named __proto__',
    hex: '03 0009 5f5f70726f746f5f5f 03 0005 61646d696e 01 01 000009 000009',
    value: new Map([['__proto__', new Map([['admin', true]])]]),
  },
];

for (const vector of BOTH_WAYS) {
  test(`AMF0 ${vector.name}: read and written`, () => {
    const [value] = readAmf0(bytes(vector.hex));
    if (vector.value instanceof Map)
      assert.deepEqual([...(value as Map<string, AmfValue>)], [...vector.value]);
    else assert.deepEqual(value, vector.value);
    assert.equal(hex(writeAmf0(vector.value)), hex(bytes(vector.hex)));
  });

  test(`AMF0 ${vector.name}: cut anywhere it is a FormatError or a shorter value`, () => {
    const whole = bytes(vector.hex);
    for (let length = 1; length < whole.length; length++) {
      try {
        readAmf0(whole.subarray(0, length));
      } catch (error) {
        assert.ok(hasCode('amf/short')(error), String(error));
      }
    }
  });
}

const READ_ONLY: readonly { readonly name: string; readonly hex: string; readonly value: AmfValue }[] = [
  { name: 'long string', hex: '0c 00000002 6869', value: 'hi' },
  { name: 'XML document', hex: '0f 00000002 6869', value: 'hi' },
  { name: 'unsupported', hex: '0d', value: null },
  { name: 'reference, not followed', hex: '07 0000', value: undefined },
  { name: 'typed object', hex: '10 0001 54 | 0001 61 05 | 000009', value: new Map([['a', null]]) },
  { name: 'object without its end', hex: '03 0001 61 05', value: new Map([['a', null]]) },
  {
    name: 'ECMA array whose count is wrong',
    hex: '08 000000ff 0001 61 05 000009',
    value: new Map([['a', null]]),
  },
  { name: 'AMF3 undefined', hex: '11 00', value: undefined },
  { name: 'AMF3 null', hex: '11 01', value: null },
  { name: 'AMF3 booleans', hex: '11 09 05 01 02 03', value: [false, true] },
  { name: 'AMF3 integer of 1 byte', hex: '11 04 7f', value: 127 },
  { name: 'AMF3 integer of 2 bytes', hex: '11 04 8100', value: 128 },
  { name: 'AMF3 integer of 4 bytes', hex: '11 04 80c08000', value: 0x200000 },
  { name: 'AMF3 negative integer', hex: '11 04 ffffffff', value: -1 },
  { name: 'AMF3 double', hex: '11 05 3ff8000000000000', value: 1.5 },
  { name: 'AMF3 string', hex: '11 06 07 616263', value: 'abc' },
  { name: 'AMF3 string by reference', hex: '11 09 05 01 06 03 61 06 00', value: ['a', 'a'] },
  { name: 'AMF3 XML', hex: '11 0b 05 6869', value: 'hi' },
  { name: 'AMF3 date', hex: '11 08 01 4271f71fb0450000', value: new Date(1234567890000) },
  { name: 'AMF3 byte array', hex: '11 0c 05 0102', value: Uint8Array.of(1, 2) },
  {
    name: 'AMF3 array with names',
    hex: '11 09 03 03 61 01 01 04 05',
    value: new Map<string, AmfValue>([
      ['a', null],
      ['0', 5],
    ]),
  },
  { name: 'AMF3 dynamic object', hex: '11 0a 0b 01 03 61 04 05 01', value: new Map([['a', 5]]) },
  { name: 'AMF3 sealed object', hex: '11 0a 13 01 03 61 04 05', value: new Map([['a', 5]]) },
  {
    name: 'AMF3 object with traits by reference',
    hex: '11 09 05 01 | 0a 13 01 03 61 04 05 | 0a 01 04 06',
    value: [new Map([['a', 5]]), new Map([['a', 6]])],
  },
  { name: 'AMF3 vector of ints', hex: '11 0d 05 00 00000001 ffffffff', value: [1, -1] },
  { name: 'AMF3 vector of uints', hex: '11 0e 03 00 ffffffff', value: [0xffffffff] },
  { name: 'AMF3 vector of doubles', hex: '11 0f 03 00 3ff0000000000000', value: [1] },
  { name: 'AMF3 vector of objects', hex: '11 10 03 00 01 04 05', value: [5] },
  { name: 'AMF3 dictionary', hex: '11 11 03 00 06 03 61 04 05', value: new Map([['a', 5]]) },
  { name: 'AMF3 object by reference, not followed', hex: '11 0a 00', value: undefined },
];

for (const vector of READ_ONLY) {
  test(`${vector.name}: read`, () => {
    const [value, ...more] = readAmf0(bytes(vector.hex));
    assert.deepEqual(value, vector.value);
    assert.deepEqual(more, []);
  });
}

test('text above 65,535 bytes becomes a long string', () => {
  const text = 'x'.repeat(70_000);
  const written = writeAmf0(text);
  assert.equal(hex(written.subarray(0, 5)), '0c00011170');
  assert.deepEqual(readAmf0(written), [text]);
});

/** Arrays within arrays. */
function nest(levels: number): Uint8Array {
  return bytes('0a00000001'.repeat(levels) + '05');
}

test('nesting is bounded, in AMF0 and in the AMF3 it switches to', () => {
  assert.ok(readAmf0(nest(MAX_AMF_DEPTH)));
  assert.throws(() => readAmf0(nest(MAX_AMF_DEPTH + 1)), hasCode('amf/too-deep'));
  assert.throws(() => readAmf0(nest(500_000)), hasCode('amf/too-deep'));
  assert.throws(() => readAmf0(bytes(`11 ${'090301'.repeat(500_000)}`)), hasCode('amf/too-deep'));
});

test('an announced count allocates nothing', () => {
  assert.throws(() => readAmf0(bytes('0a ffffffff 05')), hasCode('amf/short'));
  assert.throws(() => readAmf0(bytes('11 0f ffffffff 00')), hasCode('amf/short'));
  assert.throws(() => readAmf0(bytes('11 0c ffffffff')), hasCode('amf/short'));
});

test('the number of values in one message is bounded', () => {
  const many = new Uint8Array(5 + 100_000).fill(5);
  many.set(bytes('0a 000186a0'));
  assert.throws(() => readAmf0(many), hasCode('amf/too-many-values'));
});

const HOSTILE: readonly { readonly name: string; readonly hex: string; readonly code: string }[] = [
  { name: 'unknown marker', hex: '1f', code: 'amf/marker-unknown' },
  { name: 'unknown AMF3 marker', hex: '11 1f', code: 'amf/marker-unknown' },
  { name: 'string reference that points nowhere', hex: '11 06 04', code: 'amf/reference-unknown' },
  { name: 'traits reference that points nowhere', hex: '11 0a 09', code: 'amf/reference-unknown' },
  { name: 'externalizable object', hex: '11 0a 07 03 61', code: 'amf/externalizable' },
  { name: 'string longer than the message', hex: '02 ffff 61', code: 'amf/short' },
];

for (const vector of HOSTILE) {
  test(`${vector.name}: refused as ${vector.code}`, () => {
    assert.throws(() => readAmf0(bytes(vector.hex)), hasCode(vector.code));
  });
}

test('a hostile key changes no prototype', () => {
  readAmf0(bytes('03 0009 5f5f70726f746f5f5f 03 0008 706f6c6c75746564 01 01 000009 000009'));
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});
