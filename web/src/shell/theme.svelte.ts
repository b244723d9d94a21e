const STORED = 'driftline.theme';

export type ThemeChoice = 'system' | 'light' | 'dark';

/** Light or dark, as the system has it or as somebody chose. */
class Theme {
  choice = $state<ThemeChoice>(stored());

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    if (choice === 'system') {
      delete document.documentElement.dataset.theme;
      localStorage.removeItem(STORED);
    } else {
      document.documentElement.dataset.theme = choice;
      localStorage.setItem(STORED, choice);
    }
  }
}

function stored(): ThemeChoice {
  const known = document.documentElement.dataset.theme;
  return known === 'light' || known === 'dark' ? known : 'system';
}

export const theme = new Theme();
