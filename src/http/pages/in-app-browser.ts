import type { Context } from 'hono';
import { openInBrowserPage } from '../../pages/open-in-browser.ts';
import type { PageContext } from './page-context.ts';

/**
 * What the built-in browsers of other apps call themselves: social apps by name, and Android's WebView by the
 * mark that its documentation gives it. Apple's has no mark; it lacks the "Safari" that the browsers have.
 */
const NAMES =
  /\b(FBAN|FBAV|FB_IAB|Instagram|Line\/|Twitter|LinkedInApp|Snapchat|Pinterest|TikTok|musical_ly|BytedanceWebview|MicroMessenger|WhatsApp)\b|; wv\)/;

/** True where a patient reads the page inside another app, where log-ins and cookies often fail. A guess, never a refusal. */
export function isInAppBrowser(userAgent: string): boolean {
  if (NAMES.test(userAgent)) return true;
  return (
    /\b(iPhone|iPad|iPod)\b/.test(userAgent) && /AppleWebKit/.test(userAgent) && !/Safari\//.test(userAgent)
  );
}

/** An address that Android opens in the patient's own browser (Chrome, "Android Intents with Chrome"). Elsewhere there is none. */
export function browserOpener(userAgent: string, address: string): string | undefined {
  if (!/\bAndroid\b/.test(userAgent)) return undefined;
  const { protocol, host, pathname, search } = new URL(address);
  return `intent://${host}${pathname}${search}#Intent;scheme=${protocol.slice(0, -1)};action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;end`;
}

/** The page that leads out of it. `path`: what to open elsewhere, or here all the same. */
export function openElsewhere(
  c: Context,
  { origin, siteOf }: PageContext,
  path: string,
): Response | Promise<Response> {
  const address = origin + path;
  const opener = browserOpener(c.req.header('User-Agent') ?? '', address);
  const stay = `${path}?anyway=yes`;
  return c.html(openInBrowserPage(siteOf(c), { address, stay, ...(opener !== undefined && { opener }) }));
}
