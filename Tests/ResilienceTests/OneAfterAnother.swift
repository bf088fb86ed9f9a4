import Testing

/// Tests that keep all processors busy by themselves; side by side they would only wait for each other's locks.
@Suite(.serialized) struct `One after another` {}
