// Makes a saved view, or changes one: its name, whose it is, what its tickets have in common, its place.

import { useState } from 'preact/hooks';
import { failureOf } from '../../core/errors';
import { newId } from '../../core/ids';
import { go } from '../../core/route';
import type { Priority, SavedView, Status, ViewFilters } from '../../protocol';
import { Dialog } from '../../ui/Dialog';
import { toast } from '../../ui/Toast';
import { useDesk } from '../desk';
import { Field, FormFailure, SubmitButton, useSubmit } from '../form';
import { words as console_words } from '../i18n';
import { home, partsOf } from '../place';
import { ask } from '../session';
import { cleanTag } from '../triage/tag-options';
import { editing } from './editing';
import { AssigneeField, Choices, OneOf, TopicField } from './FilterFields';
import { words } from './i18n';

const STATUSES: readonly Status[] = ['open', 'pending', 'solved', 'closed'];
const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];
const WAITS = ['15', '60', '240', '1440'] as const;
const none: ViewFilters = { statuses: [], teams: [], tags: [], priorities: [], topics: [] };

export function ViewDialog() {
  const what = editing.what.value;
  if (what === null) return null;
  return <ViewForm view={what === 'new' ? null : what} key={what === 'new' ? 'new' : what.id} />;
}

function ViewForm({ view }: { view: SavedView | null }) {
  const { counts, me } = useDesk();
  const [name, setName] = useState(view?.name ?? '');
  const [shared, setShared] = useState(view?.shared ?? false);
  const [filters, setFilters] = useState<ViewFilters>(view?.filters ?? none);
  const [tags, setTags] = useState(filters.tags.join(', '));
  const [key] = useState(newId);
  const w = words.value;
  const c = console_words.value;
  const { busy, failure, onSubmit } = useSubmit(async () => {
    const body = { name, filters: { ...filters, tags: tags.split(',').map(cleanTag).filter(Boolean) } };
    const id = view ? view.id : (await create(shared, body, key)).id;
    if (view) await change(view, body);
    await counts.readSaved();
    editing.close();
    go(partsOf({ at: 'list', place: { view: 'open', team: null, saved: id }, ticket: null }));
  });
  const set = (part: Partial<ViewFilters>) => setFilters({ ...filters, ...part });
  const { snoozed, waiting_min, ...rest } = filters;
  return (
    <Dialog title={view ? w.change(view.name) : w.newView} onClose={editing.close}>
      <form class="form" onSubmit={onSubmit}>
        <Field
          label={w.name}
          name="name"
          value={name}
          onValue={setName}
          failure={failure}
          autofocus
          maxLength={60}
        />
        {!view && me.role === 'admin' && (
          <label class="choice">
            <input type="checkbox" checked={shared} onChange={() => setShared(!shared)} />
            {w.sharing}
          </label>
        )}
        <Choices
          label={w.status}
          of={STATUSES.map((status) => ({ id: status, name: c.status[status] }))}
          chosen={filters.statuses}
          onChoose={(statuses) => set({ statuses })}
        />
        <Choices
          label={w.priority}
          of={PRIORITIES.map((priority) => ({ id: priority, name: c.priority[priority] }))}
          chosen={filters.priorities}
          onChoose={(priorities) => set({ priorities })}
        />
        <AssigneeField filters={filters} onChoose={setFilters} />
        <Choices
          label={w.teams}
          of={counts.colleagues.value?.teams ?? []}
          chosen={filters.teams}
          onChoose={(teams) => set({ teams })}
        />
        <TopicField chosen={filters.topics} onChoose={(topics) => set({ topics })} />
        <Field
          label={w.tags}
          name="filters.tags"
          value={tags}
          onValue={setTags}
          hint={w.tagsHint}
          failure={failure}
        />
        <OneOf
          label={w.waiting}
          value={String(waiting_min ?? 'any')}
          options={[['any', w.waits.any], ...WAITS.map((wait) => [wait, w.waits[wait]] as const)]}
          onChoose={(to) =>
            setFilters({
              ...rest,
              ...(snoozed !== undefined && { snoozed }),
              ...(to !== 'any' && { waiting_min: Number(to) }),
            })
          }
        />
        <OneOf
          label={w.snoozed}
          value={snoozed === undefined ? 'any' : snoozed ? 'yes' : 'no'}
          options={[
            ['any', w.snoozes.any],
            ['no', w.snoozes.no],
            ['yes', w.snoozes.yes],
          ]}
          onChoose={(to) =>
            setFilters({
              ...rest,
              ...(waiting_min !== undefined && { waiting_min }),
              ...(to !== 'any' && { snoozed: to === 'yes' }),
            })
          }
        />
        <FormFailure failure={failure} fields={['name', 'filters.tags']} />
        <div class="dialog-actions">
          {view && <Places view={view} />}
          <button type="button" class="second-button" onClick={editing.close}>
            {c.cancel}
          </button>
          <SubmitButton busy={busy}>{c.save}</SubmitButton>
        </div>
      </form>
    </Dialog>
  );
}

/** Its place among its kind, and its end. */
function Places({ view }: { view: SavedView }) {
  const { counts } = useDesk();
  const w = words.value;
  const kind = (counts.saved.value ?? []).filter(({ shared }) => shared === view.shared);
  const at = kind.findIndex(({ id }) => id === view.id);
  const does = async (act: () => Promise<void>) => {
    try {
      await act();
      await counts.readSaved();
    } catch (error) {
      toast(failureOf(error, console_words.peek().unreachable).message);
    }
  };
  const move = (place: number) => void does(() => change(view, { place }));
  const remove = () =>
    void does(async () => {
      await end(view);
      editing.close();
      go(partsOf(home));
      toast(w.removed(view.name));
    });
  return (
    <>
      <button type="button" class="quiet-button" onClick={remove}>
        {w.remove}
      </button>
      <button type="button" class="quiet-button" disabled={at <= 0} onClick={() => move(at - 1)}>
        {w.earlier}
      </button>
      <button
        type="button"
        class="quiet-button"
        disabled={at >= kind.length - 1}
        onClick={() => move(at + 1)}
      >
        {w.later}
      </button>
    </>
  );
}

type Body = { name: string; filters: ViewFilters };

function create(shared: boolean, body: Body, key: string): Promise<SavedView> {
  return shared
    ? ask('POST /v1/agent/shared-views', { body, key })
    : ask('POST /v1/agent/saved-views', { body, key });
}

async function change({ id, shared }: SavedView, body: Partial<Body> & { place?: number }): Promise<void> {
  const path = { id };
  if (shared) await ask('PATCH /v1/agent/shared-views/{id}', { path, body });
  else await ask('PATCH /v1/agent/saved-views/{id}', { path, body });
}

async function end({ id, shared }: SavedView): Promise<void> {
  const path = { id };
  if (shared) await ask('DELETE /v1/agent/shared-views/{id}', { path });
  else await ask('DELETE /v1/agent/saved-views/{id}', { path });
}
