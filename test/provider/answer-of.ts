import { type Answer, readAnswer } from '../../src/provider/upstream.ts';

/** An upstream's answer as the code sees it: `body` is sent as JSON unless it is text already. */
export function answerOf(
  status: number,
  body: unknown = '',
  headers: Record<string, string> = {},
): Promise<Answer> {
  return readAnswer(
    new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers }),
  );
}

export function operationOutcome(code: string): unknown {
  return {
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'error',
        code: 'login',
        details: { coding: [{ system: 'http://fhir.patientsknowbest.com/codesystem/response-code', code }] },
      },
    ],
  };
}
