export async function demo(_options: { trials: string; workers: string; keep?: boolean }): Promise<void> {}
