/// Every statement that the store runs.
///
/// They are in one place so that a test can ask SQLite for the plan of each: only those that read a whole table for
/// `show` may scan one.
enum Query: String, CaseIterable {
    case userVersion = "PRAGMA user_version"

    case attachment = """
        SELECT id, network, container, interface, state, writer_pid, writer_start, host_interface, created_at, record
        FROM attachment WHERE network = ? AND container = ? AND interface = ?
        """
    case attachmentsOfNetwork = """
        SELECT id, network, container, interface, state, writer_pid, writer_start, host_interface, created_at, record
        FROM attachment WHERE network = ? ORDER BY container, interface
        """
    case allAttachments = """
        SELECT id, network, container, interface, state, writer_pid, writer_start, host_interface, created_at, record
        FROM attachment ORDER BY network, container, interface
        """
    case allKeys = "SELECT network, container, interface FROM attachment"
    case attachmentNumber = "SELECT id FROM attachment WHERE network = ? AND container = ? AND interface = ?"
    case anyAttachmentOfNetwork = "SELECT id FROM attachment WHERE network = ? LIMIT 1"
    case attachmentCount = "SELECT count(*) FROM attachment WHERE network = ?"
    case networks = "SELECT DISTINCT network FROM attachment UNION SELECT DISTINCT network FROM pool ORDER BY 1"
    case holderOfHostInterface = "SELECT network, container, interface FROM attachment WHERE host_interface = ?"
    case addAttachment = """
        INSERT INTO attachment (
            network, container, interface, state, writer_pid, writer_start, host_interface, created_at, record
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    case setState = """
        UPDATE attachment SET state = ?, writer_pid = ?, writer_start = ?
        WHERE network = ? AND container = ? AND interface = ?
        """
    case setStateAndRecord = """
        UPDATE attachment SET state = ?, writer_pid = ?, writer_start = ?, record = ?
        WHERE network = ? AND container = ? AND interface = ?
        """
    case setRecord = "UPDATE attachment SET record = ? WHERE id = ?"
    case setStateFrom = """
        UPDATE attachment SET state = ?, writer_pid = ?, writer_start = ?
        WHERE network = ? AND container = ? AND interface = ? AND state = ? AND writer_pid = ? AND writer_start = ?
        """
    case removeAttachment = "DELETE FROM attachment WHERE id = ?"

    case leaseHolder = """
        SELECT a.network, a.container, a.interface FROM lease AS l JOIN attachment AS a ON a.id = l.attachment
        WHERE l.network = ? AND l.address = ?
        """
    case leasesOfNetwork = """
        SELECT a.network, a.container, a.interface, l.address, l.length, l.gateway, l.range_set
        FROM lease AS l JOIN attachment AS a ON a.id = l.attachment WHERE l.network = ? ORDER BY l.address
        """
    case leasesOfAttachment = "SELECT address, pool FROM lease WHERE attachment = ?"
    case leasesBetween = """
        SELECT address FROM lease WHERE network = ? AND address BETWEEN ? AND ? AND length(address) = ?
        ORDER BY address
        """
    case leaseCountOfPool = "SELECT count(*) FROM lease WHERE network = ? AND pool = ?"
    case addLease = """
        INSERT INTO lease (network, address, attachment, length, gateway, range_set, pool) VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    case removeLeases = "DELETE FROM lease WHERE attachment = ?"
    case forgetPools = "UPDATE lease SET pool = NULL WHERE network = ?"
    case adoptLeases = """
        UPDATE lease SET pool = ? WHERE network = ? AND address BETWEEN ? AND ? AND length(address) = ?
        """
    case disownLease = "UPDATE lease SET pool = NULL WHERE network = ? AND address = ?"

    case poolsOfNetwork = "SELECT id, definition, cursor FROM pool WHERE network = ? ORDER BY position"
    case addPool = "INSERT INTO pool (network, position, definition, cursor) VALUES (?, ?, ?, ?)"
    case removePool = "DELETE FROM pool WHERE id = ?"
    case setCursor = "UPDATE pool SET cursor = ? WHERE id = ?"

    case firstFree = "SELECT low, high FROM free WHERE pool = ? ORDER BY high LIMIT 1"
    case firstFreeBeyond = "SELECT low, high FROM free WHERE pool = ? AND high > ? ORDER BY high LIMIT 1"
    case twoFreeFrom = "SELECT low, high FROM free WHERE pool = ? AND high >= ? ORDER BY high LIMIT 2"
    case allFree = "SELECT low, high FROM free WHERE pool = ? ORDER BY high"
    case addFree = "INSERT INTO free (pool, low, high) VALUES (?, ?, ?)"
    case setLow = "UPDATE free SET low = ? WHERE pool = ? AND high = ?"
    case setHigh = "UPDATE free SET high = ? WHERE pool = ? AND high = ?"
    case removeFree = "DELETE FROM free WHERE pool = ? AND high = ?"
    case removeAllFree = "DELETE FROM free WHERE pool = ?"

    case portHolder = """
        SELECT a.network, a.container, a.interface, p.low, p.high
        FROM port AS p JOIN attachment AS a ON a.id = p.attachment
        WHERE p.transport = ?1 AND p.scale = ?2 AND p.high BETWEEN ?3 AND ?5 AND p.low <= ?4
            AND length(p.address) = length(?6) AND (p.address IN (?6, ?7) OR ?6 = ?7)
            AND (a.container <> ?8 OR a.id = ?9)
        ORDER BY p.high LIMIT 1
        """
    case nextPortScale = "SELECT scale FROM port WHERE transport = ? AND scale > ? ORDER BY scale LIMIT 1"
    case addPort = "INSERT INTO port (transport, scale, high, address, attachment, low) VALUES (?, ?, ?, ?, ?, ?)"
    case removePorts = "DELETE FROM port WHERE attachment = ?"
    case portCursor = "SELECT last FROM port_cursor WHERE transport = ?"
    case setPortCursor = "INSERT OR REPLACE INTO port_cursor (transport, last) VALUES (?, ?)"

    case leavingWriter = "SELECT writer_pid, writer_start FROM leaving WHERE network = ?"
    case markLeaving = "INSERT OR REPLACE INTO leaving (network, writer_pid, writer_start) VALUES (?, ?, ?)"
    case unmarkLeaving = "DELETE FROM leaving WHERE network = ?"
}
