/** Members for tests of the social layer: sites with something on them, without an agent that builds it. */
import { Publishing } from './publishing.ts';
import type { Person, TestStack } from './harness.ts';

export type Member = Person & { label: string; domain: string; siteId: string };

export class Society {
  readonly stack: TestStack;
  readonly publishing: Publishing;

  private constructor(stack: TestStack, publishing: Publishing) {
    this.stack = stack;
    this.publishing = publishing;
  }

  static async of(stack: TestStack): Promise<Society> {
    return new Society(stack, await Publishing.of(stack));
  }

  /** Somebody whose site is live. */
  async member(label: string, name = ''): Promise<Member> {
    const owner = await this.stack.owner(label);
    if (name) await owner.send('PATCH', '/api/account', { name });
    await this.publish(owner, `The first page of ${label}`);
    return owner;
  }

  /** Makes another version live, with this as what was changed. */
  async publish(owner: Member, message: string): Promise<void> {
    const token = await this.publishing.token(owner.siteId);
    await this.publishing.publish({ id: owner.siteId, label: owner.label, token }, { 'index.html': `<h1>${message}</h1>` }, { message });
  }
}
