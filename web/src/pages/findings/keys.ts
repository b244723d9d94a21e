import { takesKeys } from '../../components/list-keys';

/** What a key asks of the inbox. */
export type Command =
  | { do: 'move' | 'extend'; by: number }
  | { do: 'open' | 'close' | 'select' | 'comment' | 'fold' | 'unfold' | 'mine' }
  | { do: 'state'; to: 'open' | 'acknowledged' | 'resolved' | 'muted' };

type Pressed = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>;

const COMMANDS: Record<string, Command> = {
  j: { do: 'move', by: 1 },
  ArrowDown: { do: 'move', by: 1 },
  k: { do: 'move', by: -1 },
  ArrowUp: { do: 'move', by: -1 },
  PageDown: { do: 'move', by: 10 },
  PageUp: { do: 'move', by: -10 },
  ArrowLeft: { do: 'fold' },
  ArrowRight: { do: 'unfold' },
  Enter: { do: 'open' },
  Escape: { do: 'close' },
  x: { do: 'select' },
  c: { do: 'comment' },
  i: { do: 'mine' },
  a: { do: 'state', to: 'acknowledged' },
  r: { do: 'state', to: 'resolved' },
  m: { do: 'state', to: 'muted' },
  o: { do: 'state', to: 'open' },
};
const EXTENDS: Record<string, number> = { J: 1, ArrowDown: 1, K: -1, ArrowUp: -1 };

/** What a key asks of the inbox; nothing for keys that belong to somebody else. */
export function commandOf(pressed: Pressed): Command | undefined {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return undefined;
  const by = pressed.shiftKey ? EXTENDS[pressed.key] : undefined;
  return by === undefined ? COMMANDS[pressed.key] : { do: 'extend', by };
}

/** Whether keys go to something that is typed into or opened, and not to the list. */
export function isTaken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches('input[type=checkbox]')) return key === 'Enter';
  if (takesKeys(target)) return true;
  // Enter on a link or a button does what that says.
  return key === 'Enter' && target.closest('a, button') !== null && !target.id.startsWith('row-');
}
