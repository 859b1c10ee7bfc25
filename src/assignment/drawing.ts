import type { Drawing } from '../store/assignments';
import { newSeed, variantAt } from './blocks';
import { isInWorkspace } from './workspaces';

/** What the store needs to draw. */
export const drawing: Drawing = { isInside: isInWorkspace, newSeed, variantAt };
