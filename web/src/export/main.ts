import '../styles/tokens.css';
import '../styles/base.css';

import { mount } from 'svelte';

import Exported from './Exported.svelte';
import { payloadOf } from './payload';

async function show(): Promise<void> {
  const element = document.getElementById('report');
  const target = document.getElementById('app');
  if (element === null || target === null) return;
  const payload = await payloadOf(element);
  mount(Exported, { target, props: { payload } });
  // What was there for readers without scripts says the same in fewer words.
  document.getElementById('plain')?.remove();
}

void show();
