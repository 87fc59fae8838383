/** Who is signed in and what site this is: asked once when the page opens, shared by header and pages. */
import { signal } from '@preact/signals';
import type { Account, SessionAnswer, Site } from '@millrace/contract';
import { api } from '../api/client.ts';

/** `undefined` until the server has answered; `null` = nobody. */
export const account = signal<Account | null | undefined>(undefined);
export const site = signal<Site | undefined>(undefined);

export async function loadSession(): Promise<void> {
  try {
    account.value = (await api.session()).account;
  } catch {
    // The server cannot say who this is: the page goes on as for a visitor, and the next visit asks again.
    account.value = null;
  }
}

export async function loadSite(): Promise<void> {
  try {
    site.value = await api.site();
  } catch {
    site.value = undefined;
  }
}

/** After sign-in, sign-up and set-up. */
export function signedIn(answer: SessionAnswer): void {
  account.value = answer.account;
}

export async function signOut(): Promise<void> {
  await api.signOut();
  account.value = null;
}
