import { linking } from '../../linking';

async function answer(request: Request): Promise<Response> {
  return (await linking()).pages.fetch(request);
}

export { answer as GET, answer as POST };
