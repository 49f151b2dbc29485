import { type App, createApp } from '../app.ts';
import { configFromEnvironment } from '../config.ts';
import { operator } from './operator.ts';

/** Opens the App that the environment describes, for as long as `work` takes. */
export async function withApp<T>(work: (app: App) => Promise<T>): Promise<T> {
  const app = await createApp({ ...configFromEnvironment().app, actor: operator() });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
