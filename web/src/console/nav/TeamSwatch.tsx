// A team's colour: by its place among all teams, so that neighbours differ.

import type { TeamId } from '../../protocol';
import { useDesk } from '../desk';

const colours = 6;

export function TeamSwatch({ team }: { team: TeamId }) {
  const { counts } = useDesk();
  const teams = counts.colleagues.value?.teams ?? counts.views.value?.teams.map((each) => each.team) ?? [];
  const ids = teams.map(({ id }) => id).sort();
  return <span class={`swatch s${Math.max(0, ids.indexOf(team)) % colours}`} />;
}
