"""AdamW without torch's compiler: the first step of torch's own imports it, for a second of CPU."""

import inspect

import torch
from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT


class AdamW(torch.optim.AdamW):
    """torch's fused AdamW (Loshchilov and Hutter 2019), uncompiled.

    torch hides some methods from its compiler, and imports the compiler to do so. Here they are the
    same methods, unwrapped. Takes the arguments of `torch.optim.AdamW`; ``fused`` is set.
    """

    add_param_group = inspect.unwrap(Optimizer.add_param_group)
    state_dict = inspect.unwrap(Optimizer.state_dict)
    load_state_dict = inspect.unwrap(Optimizer.load_state_dict)
    zero_grad = inspect.unwrap(Optimizer.zero_grad)
    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))

    def __init__(self, params: ParamsT, lr: float, weight_decay: float = 0.01) -> None:
        super().__init__(params, lr, weight_decay=weight_decay, fused=True)
