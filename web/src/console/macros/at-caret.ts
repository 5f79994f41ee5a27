// Puts a text into a field where one writes.

/** As if it were typed there, so that the browser's own undo takes it out again. Nothing that is selected is lost. */
export function putAtCaret(field: HTMLTextAreaElement, text: string): void {
  const at = field.selectionEnd;
  const whole = between(field.value.slice(0, at), text, field.value.slice(at));
  field.focus({ preventScroll: true });
  field.setSelectionRange(at, at);
  if (document.execCommand('insertText', false, whole)) return;
  field.setRangeText(whole, at, at, 'end');
  field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText', data: whole }));
}

/** A text as it goes between two others, set apart from each. */
export function between(before: string, text: string, after: string): string {
  const gap = text.includes('\n') ? '\n\n' : ' ';
  const lead = before === '' || /\s$/u.test(before) ? '' : gap;
  const tail = after === '' || /^\s/u.test(after) ? '' : gap;
  return lead + text + tail;
}
