/** What goes on is told on standard error, so that standard output has the figures alone. */
export const tell = (text: string): void => {
  process.stderr.write(text);
};
