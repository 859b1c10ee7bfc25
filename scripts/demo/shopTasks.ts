/** What somebody asked an agent to do in a small TypeScript web shop; all files are relative to the project. */
export interface ShopTask {
  /** The first prompt and those that followed. */
  prompts: readonly string[];
  /** Files that are read, and of them those that are changed. */
  reads: readonly string[];
  edits: readonly string[];
  branch: string;
  /** How much work it is, 1 for the usual. */
  size: number;
  /** The tests failed first. */
  stumbles?: boolean;
  /** Part of the work was given to a sub-agent. */
  delegates?: boolean;
}

const task = (
  prompts: readonly string[],
  files: readonly string[],
  rest: Partial<ShopTask> & { edited?: number } = {},
): ShopTask => ({
  prompts,
  reads: files,
  edits: files.slice(0, rest.edited ?? 2),
  branch: rest.branch ?? 'main',
  size: rest.size ?? 1,
  ...(rest.stumbles === true ? { stumbles: true } : {}),
  ...(rest.delegates === true ? { delegates: true } : {}),
});

/** Work of the first week and, in the same order, work of about the same size in the second. */
export const SHOP_TASKS: readonly (readonly [ShopTask, ShopTask])[] = [
  [
    task(
      ['Add a discount code field to the checkout form', 'Reject expired codes with a readable message'],
      ['src/checkout/form.ts', 'src/checkout/discount.ts', 'src/checkout/types.ts', 'test/discount.test.ts'],
      { size: 1.2, stumbles: true },
    ),
    task(
      ['Add a gift card field to the checkout form', 'Show what is left on the card after paying'],
      ['src/checkout/form.ts', 'src/checkout/giftCard.ts', 'src/checkout/types.ts', 'test/giftCard.test.ts'],
      { size: 1.2, stumbles: true },
    ),
  ],
  [
    task(
      ['Why does the cart total differ by a cent from the invoice?'],
      ['src/cart/total.ts', 'src/invoice/lines.ts', 'src/money.ts'],
      { edited: 1, size: 0.7 },
    ),
    task(
      ['Why is the tax on the receipt rounded twice?'],
      ['src/invoice/tax.ts', 'src/money.ts', 'src/invoice/lines.ts'],
      { edited: 1, size: 0.7 },
    ),
  ],
  [
    task(
      ['Move the price formatting into one module and use it everywhere', 'Also in the e-mail templates'],
      ['src/money.ts', 'src/cart/view.ts', 'src/product/card.ts', 'src/mail/order.ts', 'src/invoice/lines.ts'],
      { edited: 5, size: 1.6, delegates: true, branch: 'feature/price-format' },
    ),
    task(
      ['Move the date formatting into one module and use it everywhere', 'The admin pages too, please'],
      ['src/dates.ts', 'src/order/view.ts', 'src/admin/orders.ts', 'src/mail/order.ts', 'src/invoice/lines.ts'],
      { edited: 5, size: 1.6, delegates: true, branch: 'feature/date-format' },
    ),
  ],
  [
    task(['The search box loses focus after every keystroke'], ['src/search/box.ts', 'src/search/results.ts'], {
      edited: 1,
      size: 0.6,
    }),
    task(['The quantity field jumps back to 1 when I type 0'], ['src/cart/quantity.ts', 'src/cart/view.ts'], {
      edited: 1,
      size: 0.6,
    }),
  ],
  [
    task(
      ['Write tests for the shipping cost rules', 'Cover islands and the free shipping limit'],
      ['test/shipping.test.ts', 'src/shipping/cost.ts', 'src/shipping/zones.ts'],
      { edited: 1, stumbles: true },
    ),
    task(
      ['Write tests for the stock reservation', 'Cover two customers who want the last piece'],
      ['test/stock.test.ts', 'src/stock/reserve.ts', 'src/stock/store.ts'],
      { edited: 1, stumbles: true },
    ),
  ],
  [
    task(
      ['Let customers sort the product list by price and by rating', 'Keep the choice in the URL'],
      ['src/product/list.ts', 'src/product/sort.ts', 'src/router.ts', 'test/sort.test.ts'],
      { edited: 4, size: 1.3, branch: 'feature/sorting' },
    ),
    task(
      ['Let customers filter the product list by brand', 'Keep the filters in the URL'],
      ['src/product/list.ts', 'src/product/filter.ts', 'src/router.ts', 'test/filter.test.ts'],
      { edited: 4, size: 1.3, branch: 'feature/filters' },
    ),
  ],
  [
    task(
      ['Replace the home-made date picker with the native input'],
      ['src/ui/dateField.ts', 'src/checkout/delivery.ts'],
      { size: 0.8 },
    ),
    task(['Replace the home-made tooltip with the title attribute'], ['src/ui/tooltip.ts', 'src/product/card.ts'], {
      size: 0.8,
    }),
  ],
  [
    task(
      ['Orders placed around midnight show the wrong day, find out why', 'Fix it and add a test'],
      ['src/order/date.ts', 'src/order/view.ts', 'test/orderDate.test.ts'],
      { edited: 3, size: 1.1, stumbles: true },
    ),
    task(
      ['Coupons end a day too early for some customers, find out why', 'Fix it and add a test'],
      ['src/checkout/discount.ts', 'src/dates.ts', 'test/discount.test.ts'],
      { edited: 3, size: 1.1, stumbles: true },
    ),
  ],
  [
    task(
      ['Explain how the payment retry works, then make the delay grow', 'Stop after five tries'],
      ['src/payment/retry.ts', 'src/payment/client.ts', 'test/retry.test.ts'],
      { size: 1, delegates: true },
    ),
    task(
      ['Explain how the mail queue works, then make failed mails wait longer', 'Give up after a day'],
      ['src/mail/queue.ts', 'src/mail/send.ts', 'test/queue.test.ts'],
      { size: 1, delegates: true },
    ),
  ],
  [
    task(['Make the product card readable for screen readers'], ['src/product/card.ts', 'src/ui/image.ts'], {
      size: 0.7,
    }),
    task(['Make the cart usable with the keyboard alone'], ['src/cart/view.ts', 'src/cart/quantity.ts'], { size: 0.7 }),
  ],
  [
    task(
      ['Upgrade the test runner and mend what breaks', 'Leave the snapshots alone', 'Now the coverage report'],
      ['package.json', 'test/setup.ts', 'test/cart.test.ts', 'tsconfig.json'],
      { edited: 3, size: 1.5, stumbles: true, branch: 'chore/test-runner' },
    ),
    task(
      ['Upgrade the linter and mend what it finds', 'No disabled rules, please', 'Now run it in CI as well'],
      ['package.json', 'src/router.ts', 'src/cart/total.ts', '.github/workflows/ci.yml'],
      { edited: 4, size: 1.5, stumbles: true, branch: 'chore/linter' },
    ),
  ],
  [
    task(
      ['Add an endpoint that lists a customer’s past orders', 'Page by 20'],
      ['src/api/orders.ts', 'src/order/store.ts', 'src/api/router.ts', 'test/ordersApi.test.ts'],
      { edited: 4, size: 1.2 },
    ),
    task(
      ['Add an endpoint that lists a product’s reviews', 'Page by 20, newest first'],
      ['src/api/reviews.ts', 'src/review/store.ts', 'src/api/router.ts', 'test/reviewsApi.test.ts'],
      { edited: 4, size: 1.2 },
    ),
  ],
];
