import { type App, createApp } from '../app.ts';
import { configFromEnvironment } from '../config.ts';

/** Opens the App that the environment describes, for as long as `work` takes. */
export async function withApp<T>(work: (app: App) => Promise<T>): Promise<T> {
  const app = await createApp(configFromEnvironment().app);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
