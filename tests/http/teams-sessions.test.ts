/** Sessions, from the first message to what becomes of them: the real Agent SDK in a sandbox of this machine. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type TestStack, startTestStack } from './harness.ts';
import { started, team, type Session, type Team } from './session-kit.ts';
import { answered } from './teams-kit.ts';

let stack: TestStack;
let harbor: Team;

before(async () => {
  stack = await startTestStack();
  harbor = await team(stack);
});
after(async () => await stack.close());

describe('a session', () => {
  it('comes up phase by phase, takes a change, and ends with a pull request', async () => {
    const { session, seat } = await started(harbor.admin, harbor.projectId);
    const phases = seat.frames.filter((frame) => frame.type === 'session_status').map((frame) => frame.phase);
    assert.deepEqual([...new Set(phases)].filter(Boolean).slice(0, 2), ['sandbox', 'repository'], seat.told());
    assert.ok((await seat.status('RUNNING')).hasPreview, seat.told());

    const { end, said, receipt } = await seat.ask('Change the headline on the home page to "Fresh bread, warm welcome"');
    assert.equal(end.outcome, 'done', seat.told());
    assert.ok(said.length > 0, seat.told());
    assert.ok(receipt?.canUndo && (receipt.changed?.length ?? 0) > 0, seat.told());
    assert.ok((receipt.costUsd ?? 0) > 0, seat.told());

    const made = await answered<Session>(harbor.admin, 200, 'POST', `/api/v1/sessions/${session.id}/create-pr`, {});
    assert.equal(made.outcome, 'PR_CREATED');
    assert.equal(made.status, 'COMPLETED');
    assert.ok(made.prUrl);
    assert.ok(made.totalCostUsd > 0);
    const again = await answered<Session>(harbor.admin, 200, 'POST', `/api/v1/sessions/${session.id}/create-pr`, {});
    assert.equal(again.prUrl, made.prUrl);
    seat.close();
  });
});
