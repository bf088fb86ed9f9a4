extension TableListing {
    /// Listings for several prefixes as one: each table once, in it each chain once.
    ///
    /// The kernel's chains are in the listings for all prefixes, and only one of these tells what a rule there is for.
    package static func merged(_ listings: [TableListing]) -> [TableListing] {
        var merged: [TableListing] = []
        for listing in listings {
            if let place = merged.firstIndex(where: { $0.command == listing.command }) {
                merged[place] = merged[place].merged(with: listing)
            } else {
                merged.append(listing)
            }
        }
        return merged
    }

    private func merged(with other: TableListing) -> TableListing {
        var chains = chains
        for chain in other.chains {
            if let place = chains.firstIndex(where: { $0.name == chain.name }) {
                chains[place] = chains[place].merged(with: chain)
            } else {
                chains.append(chain)
            }
        }
        return replacing(chains)
    }
}

extension ChainListing {
    fileprivate func merged(with other: ChainListing) -> ChainListing {
        var rules = rules
        for (index, known) in zip(rules.indices, other.rules) where rules[index].text == known.text {
            rules[index].purpose = rules[index].purpose ?? known.purpose
        }
        return ChainListing(name: name, policy: policy, rules: rules)
    }
}
