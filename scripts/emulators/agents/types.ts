// The vendor's own types under the short names that this folder uses.

import type { BetaManagedAgentsAgent } from '@anthropic-ai/sdk/resources/beta/agents';
import type { BetaEnvironment } from '@anthropic-ai/sdk/resources/beta/environments';
import type { BetaFileMetadata } from '@anthropic-ai/sdk/resources/beta/files';
import type {
  BetaManagedAgentsEventParams,
  BetaManagedAgentsFileResource,
  BetaManagedAgentsSession,
  BetaManagedAgentsSessionEvent,
  BetaManagedAgentsSessionResource,
  BetaManagedAgentsSessionStatusIdleEvent,
  BetaManagedAgentsStreamSessionEvents,
  BetaManagedAgentsUserCustomToolResultEvent,
  BetaManagedAgentsUserInterruptEvent,
  BetaManagedAgentsUserMessageEvent,
} from '@anthropic-ai/sdk/resources/beta/sessions';

export type Agent = BetaManagedAgentsAgent;
export type Environment = BetaEnvironment;
export type FileMetadata = BetaFileMetadata;
export type Session = BetaManagedAgentsSession;
export type SessionResource = BetaManagedAgentsSessionResource;
export type FileResource = BetaManagedAgentsFileResource;
export type SessionEvent = BetaManagedAgentsSessionEvent;
export type StreamEvent = BetaManagedAgentsStreamSessionEvents;
export type EventParams = BetaManagedAgentsEventParams;
export type UserMessage = BetaManagedAgentsUserMessageEvent;
export type UserInterrupt = BetaManagedAgentsUserInterruptEvent;
export type CustomToolResult = BetaManagedAgentsUserCustomToolResultEvent;
export type StopReason = BetaManagedAgentsSessionStatusIdleEvent['stop_reason'];

/** What the product shows as the model of this emulator's agents, whatever was asked for. */
export const DEMO_MODEL = 'demo agent, no model behind it';

type Unstamped<E> = E extends SessionEvent ? Omit<E, 'id' | 'processed_at'> : never;

/** An event before it has an id and a time. */
export type EventDraft = Unstamped<SessionEvent>;
