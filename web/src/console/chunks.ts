// The parts of the console that are not in its first load.

import type { ComponentType } from 'preact';
import { lazy } from '../ui/lazy';
import { ThreadSkeleton } from './thread/Placeholder';

const entry = () => import('./entry').then((chunk) => chunk.load());
export const SignIn = lazy(() => entry().then((pages) => pages.SignIn));
export const LinkPage = lazy(() => entry().then((pages) => pages.LinkPage));
export const Unreachable = lazy(() => entry().then((pages) => pages.Unreachable as ComponentType<object>));
export const Settings = lazy(() => import('./settings').then((chunk) => chunk.load()));
export const ViewDialog = lazy(() => import('./saved').then((chunk) => chunk.load()));
const macros = () => import('./macros').then((chunk) => chunk.load());
export const MacroPicker = lazy(() => macros().then((parts) => parts.MacroPicker));
export const PendingActs = lazy(() => macros().then((parts) => parts.PendingActs));
export const OtherDraft = lazy(() => import('./drafts').then((chunk) => chunk.load()));
export const MacroSettings = lazy(() => import('./macros/settings').then((chunk) => chunk.load()));
export const KeyHelp = lazy(() => import('./KeyHelp').then((chunk) => chunk.KeyHelp));
export const AwayButton = lazy(() => import('./colleagues').then((chunk) => chunk.AwayButton));
export const ColleagueList = lazy(() => import('./colleagues').then((chunk) => chunk.ColleagueList));
export const ScopeSign = lazy(() => import('./colleagues').then((chunk) => chunk.ScopeSign));
export const Thread = lazy(() => import('./thread').then((chunk) => chunk.loadThread()), {
  meanwhile: ThreadSkeleton,
});
export const Details = lazy(() => import('./thread').then((chunk) => chunk.loadDetails()));
export const TicketTriage = lazy(() => import('./thread').then((chunk) => chunk.TicketTriage));
export const ManyTriage = lazy(() => import('./thread').then((chunk) => chunk.ManyTriage));
export const MergeDialog = lazy(() => import('./thread').then((chunk) => chunk.MergeDialog));
export const AssignDialog = lazy(() => import('./thread').then((chunk) => chunk.AssignDialog));
