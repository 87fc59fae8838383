/** Names that nobody can have, because an address, a page or a trick needs them. */
import { NAME_PATTERN } from '@millrace/contract';

const RESERVED = new Set(
  `about abuse account accounts admin administrator anonymous api app apps assets auth billing blog broadcast
  broadcasts browse category categories channel channels chat clip clips config contact copyright dash dashboard
  default demo dev discover dmca docs doctor download downloads edge embed error errors everyone explore faq favicon feed
  feedback follow followers following font fonts gift gifts git guest hall health healthz help hls home host hosts
  icon icons image images img index ingest invite invites key keys legal live livez localhost login logo logout mail
  manifest media message messages metrics millrace mod moderation moderator mods monitor mpd news nobody null oauth
  official openapi operator origin overlay owner password player playlist popular postmaster press privacy profile
  publish readyz recording recordings register relay report reports robots room rooms root rss rtmp rtmps rules
  schedule search security server service session sessions settings setup sign-in sign-out sign-up signin signout
  signup site sitemap staff stat static statistics stats status stream streams support sw sys system tag tags team
  terms test tos trending undefined upload uploads user users verify video videos vod wallet watch webhook webhooks
  webmaster well-known worker ws www`.split(/\s+/),
);

const NAME = new RegExp(NAME_PATTERN);

export const isName = (text: string): boolean => NAME.test(text);
export const isReservedName = (name: string): boolean => RESERVED.has(name);
