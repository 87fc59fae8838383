/** Where to go after signing in, from `?next=`: only to a page of this site, never to an address of somebody else's. */
export function localPath(next: string | undefined): string | undefined {
  if (next === undefined || !/^\/(?![/\\])[\w\-./?=&%]*$/.test(next)) return undefined;
  return next;
}
