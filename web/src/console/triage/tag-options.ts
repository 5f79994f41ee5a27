// What the tags dialog offers for what was typed: what the ticket has, what the site has, what could be new. Pure.

export interface TagOption {
  key: string;
  name: string;
  current: boolean;
  /** Nobody has used it yet. */
  fresh: boolean;
}

/** Case makes no difference, as at the hub. */
export const foldTag = (name: string): string => name.toLowerCase();

/** As the hub keeps it: white space folded. */
export const cleanTag = (name: string): string => name.trim().split(/\s+/u).join(' ');

export function tagOptions(has: readonly string[], known: readonly string[], typed: string): TagOption[] {
  const part = foldTag(cleanTag(typed));
  const of_site = known.filter((name) => !includes(has, name));
  const fitting = [...has, ...of_site].filter((name) => foldTag(name).includes(part));
  const options = fitting.map((name) => optionOf(name, includes(has, name), false));
  const is_new = part !== '' && !includes([...has, ...known], part);
  return is_new ? [...options, optionOf(cleanTag(typed), false, true)] : options;
}

export const includes = (names: readonly string[], name: string): boolean =>
  names.some((each) => foldTag(each) === foldTag(name));

const optionOf = (name: string, current: boolean, fresh: boolean): TagOption => ({
  key: `${fresh ? 'new' : 'tag'}-${foldTag(name).replace(/\s/gu, '_')}`,
  name,
  current,
  fresh,
});
