/**
 * How many viewers are served at once, over all protocols that hold a connection. In: comings and goings. Out: a
 * yes with the way to leave again, or a no: a full server says so instead of serving everyone badly.
 */
export class ViewerLimit {
  private readonly max: number;
  private inside = 0;

  constructor(max: number) {
    this.max = max;
  }

  get count(): number {
    return this.inside;
  }

  /** `undefined`: full. Else call the answer when the viewer is gone; more than once does no harm. */
  enter(): (() => void) | undefined {
    if (this.inside >= this.max) return undefined;
    this.inside++;
    let left = false;
    return () => {
      if (!left) this.inside--;
      left = true;
    };
  }
}
