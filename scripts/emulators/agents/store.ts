// Everything the emulator knows, in memory and on its disk. It owns the records and their files; it has no
// rules about when a record may change.

import type { Disk } from './disk.ts';
import type { SessionFaults } from './faults.ts';
import { newId, rfc3339, type Clock } from './ids.ts';
import type { Agent, Environment, FileMetadata, Session, SessionEvent, UserInterrupt, UserMessage } from './types.ts';

/** All versions of one agent, oldest first, and the models that were really asked for. */
export interface AgentRecord {
  id: string;
  versions: Agent[];
  askedModels: string[];
}

export interface EnvironmentRecord {
  environment: Environment;
}

/** An event that was accepted and waits for its turn. */
export type QueuedEvent = UserMessage | UserInterrupt;

export interface SessionRecord {
  session: Session;
  threadId: string;
  /** Grows with every session, so that lists have an order when two were created in one millisecond. */
  order: number;
  queued: QueuedEvent[];
  /** The `user.message` that the agent works on, kept so that a restart carries on with it. */
  activeMessage: string | null;
  /** True while the thread is idle because a custom tool waits for its answer. */
  blocked: boolean;
  faults: SessionFaults;
  /** What the agent remembers between turns; only the agent knows its shape. */
  memory: unknown;
}

export interface FileRecord {
  metadata: FileMetadata;
  order: number;
  /** Uploads cannot be downloaded again by the client; what a session made can. */
  sessionCopyOf: string | null;
}

const folders = { agents: 'agents', environments: 'environments', sessions: 'sessions', files: 'files' } as const;

export class Store {
  readonly agents = new Map<string, AgentRecord>();
  readonly environments = new Map<string, EnvironmentRecord>();
  readonly sessions = new Map<string, SessionRecord>();
  readonly files = new Map<string, FileRecord>();
  readonly #disk: Disk;
  readonly #clock: Clock;
  #order = 0;

  constructor(disk: Disk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
    for (const raw of disk.readAll(folders.agents)) this.agents.set((raw as AgentRecord).id, raw as AgentRecord);
    for (const raw of disk.readAll(folders.environments)) {
      this.environments.set((raw as EnvironmentRecord).environment.id, raw as EnvironmentRecord);
    }
    for (const raw of disk.readAll(folders.sessions)) this.sessions.set((raw as SessionRecord).session.id, raw as SessionRecord);
    for (const raw of disk.readAll(folders.files)) this.files.set((raw as FileRecord).metadata.id, raw as FileRecord);
    const orders = [...this.sessions.values(), ...this.files.values()].map(({ order }) => order);
    this.#order = Math.max(0, ...orders);
  }

  now(): string {
    return rfc3339(this.#clock());
  }

  milliseconds(): number {
    return this.#clock();
  }

  nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }

  saveAgent(record: AgentRecord): void {
    this.agents.set(record.id, record);
    this.#disk.write(`${folders.agents}/${record.id}.json`, record);
  }

  saveEnvironment(record: EnvironmentRecord): void {
    this.environments.set(record.environment.id, record);
    this.#disk.write(`${folders.environments}/${record.environment.id}.json`, record);
  }

  deleteEnvironment(id: string): void {
    this.environments.delete(id);
    this.#disk.remove(`${folders.environments}/${id}.json`);
  }

  saveSession(record: SessionRecord): void {
    this.sessions.set(record.session.id, record);
    this.#disk.write(`${folders.sessions}/${record.session.id}.json`, record);
  }

  appendEvent(sessionId: string, event: SessionEvent): void {
    this.#disk.append(`${folders.sessions}/${sessionId}.events`, event);
  }

  readEvents(sessionId: string): SessionEvent[] {
    return this.#disk.readLines(`${folders.sessions}/${sessionId}.events`) as SessionEvent[];
  }

  deleteSession(id: string): void {
    this.sessions.delete(id);
    this.#disk.remove(`${folders.sessions}/${id}.json`);
    this.#disk.remove(`${folders.sessions}/${id}.events`);
    for (const { metadata } of [...this.files.values()]) {
      if (metadata.scope?.id === id) this.deleteFile(metadata.id);
    }
  }

  /** Keeps a file; a session's copy of an upload has its own id and is named after it. */
  saveFile(file: { filename: string; mimeType: string; bytes: Uint8Array; expiresAt?: string | null; session?: string; copyOf?: string }): FileMetadata {
    const metadata: FileMetadata = {
      id: newId('file'),
      type: 'file',
      filename: file.filename,
      mime_type: file.mimeType,
      size_bytes: file.bytes.length,
      created_at: this.now(),
      downloadable: false,
      expires_at: file.expiresAt ?? null,
      scope: file.session === undefined ? null : { type: 'session', id: file.session },
    };
    const record: FileRecord = { metadata, order: this.nextOrder(), sessionCopyOf: file.copyOf ?? null };
    this.#disk.writeBytes(`${folders.files}/${metadata.id}.bytes`, file.bytes);
    this.#disk.write(`${folders.files}/${metadata.id}.json`, record);
    this.files.set(metadata.id, record);
    return metadata;
  }

  fileBytes(id: string): Uint8Array | null {
    return this.#disk.readBytes(`${folders.files}/${id}.bytes`);
  }

  deleteFile(id: string): void {
    this.files.delete(id);
    this.#disk.remove(`${folders.files}/${id}.json`);
    this.#disk.remove(`${folders.files}/${id}.bytes`);
  }
}
