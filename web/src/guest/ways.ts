// The way from the guest's page to the customers'.
import { href } from '../core/route';

export const customerPage = (...parts: string[]): string => `/${href(...parts)}`;
