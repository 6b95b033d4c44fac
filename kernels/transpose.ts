/** Copies a grid (nx fastest, then ny, then nz) into one with y fastest: out[y + ny (x + nx z)], tile by tile. */
export function transposeXY(from: usize, to: usize, nx: i32, ny: i32, nz: i32): void {
  const tile = 16;
  for (let z = 0; z < nz; z++) {
    const offset = (<usize>(nx * ny * z)) << 2;
    for (let y0 = 0; y0 < ny; y0 += tile) {
      const y1 = min(y0 + tile, ny);
      for (let x0 = 0; x0 < nx; x0 += tile) {
        const x1 = min(x0 + tile, nx);
        for (let x = x0; x < x1; x++) {
          for (let y = y0; y < y1; y++) {
            store<f32>(to + offset + ((<usize>(y + ny * x)) << 2), load<f32>(from + offset + ((<usize>(x + nx * y)) << 2)));
          }
        }
      }
    }
  }
}
