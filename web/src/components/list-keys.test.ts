import { beforeEach, describe, expect, it } from 'vitest';

import { isTaken, moveInRows, nextIndex, rowFor } from './list-keys';

beforeEach(() => {
  document.body.innerHTML = `
    <input type="search">
    <ul><li><a href="/1">1</a></li><li>without a link</li><li><a href="/2">2</a></li></ul>
    <div role="dialog"><button>x</button></div>`;
});

const one = (selector: string) => document.querySelector<HTMLElement>(selector) as HTMLElement;

function press(target: HTMLElement, key: string, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  return event;
}

describe('keys of lists', () => {
  it('stay inside the list', () => {
    expect(nextIndex('j', -1, 3, false)).toBe(0);
    expect(nextIndex('j', 2, 3, false)).toBe(2);
    expect(nextIndex('k', 0, 3, false)).toBe(0);
    expect(nextIndex('End', 0, 3, true)).toBe(2);
    expect(nextIndex('j', -1, 0, true)).toBeUndefined();
  });

  it('leave the arrows to the page until the list is entered, from the search or by j', () => {
    const list = one('ul');
    expect(rowFor(press(document.body, 'ArrowDown'), list, -1, 3)).toBeUndefined();
    expect(rowFor(press(document.body, 'j'), list, -1, 3)).toBe(0);
    expect(rowFor(press(one('input'), 'ArrowDown'), list, 2, 3)).toBe(0);
    expect(rowFor(press(one('input'), 'j'), list, -1, 3)).toBeUndefined();
    expect(rowFor(press(one('li a'), 'ArrowDown'), list, 0, 3)).toBe(1);
  });

  it('belong to others in dialogs and with modifiers', () => {
    expect(isTaken(press(one('button'), 'j'))).toBe(true);
    expect(isTaken(press(document.body, 'j', { ctrlKey: true }))).toBe(true);
    expect(isTaken(press(document.body, 'j'))).toBe(false);
  });

  it('go from link to link', () => {
    const list = one('ul');
    list.addEventListener('keydown', moveInRows);
    one('li a').focus();
    press(one('li a'), 'j');
    expect(document.activeElement?.textContent).toBe('2');
    press(document.activeElement as HTMLElement, 'ArrowUp');
    expect(document.activeElement?.textContent).toBe('1');
  });
});
