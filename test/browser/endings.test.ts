import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FailureCode } from '../../src/errors.ts';
import { FAILURE_ANSWERS } from '../../src/http/failure-answers.ts';
import { TEXTS } from '../../src/pages/texts.ts';
import { describeInChromium } from './chromium.ts';
import { connect, GRANT, goToPkb, grant, logInAtPkb, openScene, type Patient, type Scene } from './patient.ts';
import type { RidgewayOptions } from './ridgeway.ts';

interface Ending {
  /** How a patient comes to it. Returns who did, where that is not the scene's own. */
  readonly walk: (scene: Scene) => Promise<Patient | undefined>;
  /** What they read after the one next step. */
  readonly then: string;
  readonly options?: RidgewayOptions;
}

const START = 'If you have a record at Patients Know Best, you can let us see it.';
