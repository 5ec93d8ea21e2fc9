"""HTTP transports below the SDK: nothing above them knows whether a reply is live."""
