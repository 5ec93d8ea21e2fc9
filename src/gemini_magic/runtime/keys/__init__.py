"""Where the API key comes from: settings, environment, .env, secrets of Colab and Kaggle, the person."""
