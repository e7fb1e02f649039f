def proposed_metric(counts):
    return "auc" if len(counts) == 2 else "log_loss"


def proposed_training(domain, rows, counts):
    return {"epochs": 30, "patience": 8}
