const outputsOf = ({ __provider, ...rest }) => {
  void __provider;
  return rest;
};

/** A handler without any work. */
export const handler = {
  check: async (_olds, news) => ({ inputs: news, failures: [] }),
  diff: async (_id, olds, news) => ({ changes: olds.password !== news.password }),
  create: async (inputs) => ({ id: `${inputs.connId}/${JSON.stringify(inputs.target)}`, outs: outputsOf(inputs) }),
  read: async (id, props) => ({ id, props }),
  update: async (_id, _olds, news) => ({ outs: outputsOf(news) }),
  delete: async () => undefined,
};
