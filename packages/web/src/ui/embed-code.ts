/** The HTML that shows a channel's live picture in any page. */

/** Names are letters, digits, - and _: nothing in here needs escaping. */
export const embedCode = (origin: string, channel: string): string =>
  `<iframe src="${origin}/embed/${channel}" title="${channel}" width="640" height="360" style="border:0" allow="autoplay; fullscreen; picture-in-picture"></iframe>`;
