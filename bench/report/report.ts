import type { Results } from '../results.js';
export const renderReport = (results: Results): string => JSON.stringify(results);
