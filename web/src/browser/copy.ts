/** Puts a text on the clipboard. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without HTTPS browsers have only the old way.
    if (!copyOverSelection(text)) throw new Error('The browser does not let this page copy: select it and copy by key');
  }
}

function copyOverSelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'only-read-aloud';
  // What is outside an open dialog cannot be selected.
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}
