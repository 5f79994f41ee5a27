// Why something was refused, by the field at fault.
import { Icon } from './Icon';
import { alert } from './icons';

export function FieldError({ id, text }: { id?: string; text: string }) {
  return (
    <p class="field-error" id={id}>
      <Icon of={alert} />
      <span>{text}</span>
    </p>
  );
}
