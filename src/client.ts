/** "pkb-link/client": the HTTP API of a `pkb-link serve` that runs apart, typed. */
export { ApiProblem } from './client/api-problem.ts';
export {
  type AccessToken,
  type Client,
  type ClientOptions,
  type Completion,
  createClient,
  type Demographics,
  type Event,
  type Link,
  type LinkSession,
  type LinkSessionCompleted,
  type LinkSessionMade,
  type NewLinkSession,
} from './client/create-client.ts';
