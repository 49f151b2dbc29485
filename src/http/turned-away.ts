/** A request that is not taken on: there are too many, of one caller or of all. Nothing was looked at, nothing was changed. */
export class TurnedAway extends Error {
  /** 429: this caller asks too often. 503: there is more to do than is done well. */
  readonly status: 429 | 503;
  /** Seconds after which to ask again (RFC 9110 section 10.2.3). */
  readonly retryAfter: number;

  constructor(status: 429 | 503, retryAfter: number) {
    super(status === 429 ? 'too many requests of one caller' : 'too many requests at once');
    this.name = 'TurnedAway';
    this.status = status;
    this.retryAfter = retryAfter;
  }

  get headers(): Record<string, string> {
    return {
      'Retry-After': String(this.retryAfter),
      'Pkb-Link-Failure': this.status === 429 ? 'too-many-requests' : 'overloaded',
    };
  }
}
