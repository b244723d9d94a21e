import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Plugin } from 'vite';

/** Puts script and style of a build into one page, with a policy that lets nothing else run or load. */
export function singlePage(paths: { template: string; output: string }): Plugin {
  return {
    name: 'single-page',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_, bundle) {
      let script = '';
      let style = '';
      for (const part of Object.values(bundle)) {
        if (part.type === 'chunk') script += part.code;
        else if (part.fileName.endsWith('.css')) style += String(part.source);
      }
      // The only character sequence that could end the element early.
      if (style === '') this.error('the build has no style: the page would be a ruin');
      script = script.trim().replaceAll('</script', '<\\/script');
      style = style.trim();
      const policy = [
        "default-src 'none'",
        `script-src ${hash(script)}`,
        `style-src ${hash(style)}`,
        'img-src data:',
        "base-uri 'none'",
        "form-action 'none'",
      ].join('; ');
      const fill: Record<string, string> = {
        'driftline-policy': policy,
        'driftline-style': style,
        'driftline-script': script,
      };
      const template = await readFile(paths.template, 'utf8');
      const page = template.replace(/driftline-(?:policy|style|script)/g, (name) => fill[name] ?? name);
      await mkdir(dirname(paths.output), { recursive: true });
      await writeFile(paths.output, page);
    },
  };
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
