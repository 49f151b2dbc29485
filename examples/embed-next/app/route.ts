import { account, patient } from 'pkb-link';
import { linking, signedIn } from './linking';

export async function GET(request: Request): Promise<Response> {
  const { app } = await linking();
  const appUserId = await signedIn(request);
  if (appUserId === undefined) return new Response('Sign in first: /sign-in');
  const { link } = await account(app, { appUserId });
  if (link?.state !== 'active') return new Response('Connect your PKB record: /pkb');
  const { givenNames, familyName } = await patient(app, { appUserId });
  return new Response(`Hello ${givenNames.join(' ')} ${familyName}`);
}
