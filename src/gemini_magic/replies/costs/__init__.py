"""What a reply costs: prices, every try of a request with its own cost, the budget."""
