/**
 * What befalls the datagrams of a flow, direction by direction. A type only.
 */
import type { ImpairmentConfig } from './config.ts';
import type { Direction } from './schedule.ts';

export type Impairments = Readonly<Record<Direction, ImpairmentConfig>>;
