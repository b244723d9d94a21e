/** What the keyboard has opened. */
class Palette {
  isOpen = $state(false);
  keysShown = $state(false);
}

export const palette = new Palette();
