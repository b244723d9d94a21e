/** Whether something that is dragged over the page holds files. */
export function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.includes('Files') ?? false;
}

/** The files that were dropped; folders are left out, because nothing in them was chosen. */
export function droppedFiles(data: DataTransfer | null): File[] {
  if (data === null) return [];
  const items = [...data.items].filter(({ kind }) => kind === 'file');
  return items.flatMap((item) => {
    if (item.webkitGetAsEntry()?.isDirectory === true) return [];
    return item.getAsFile() ?? [];
  });
}
