//! A consumer of librdkafka. The safe one of its bindings cannot judge an address before it is connected to, and the
//! brokers of a cluster name each other: without that, one could lead the service into its own network.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr::NonNull;
use std::time::{Duration, Instant};

use libc::{AF_INET, AF_INET6, sockaddr, sockaddr_in, sockaddr_in6};
use rdkafka::bindings as rd;
use rdkafka::client::{Client, DefaultClientContext};
use rdkafka::error::IsError as _;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaType};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::Offsets;
use crate::Reach;
use crate::part::MAX_PIECE_BYTES;
use crate::reach::is_public;

/// How long it is waited for the first message, and for more when there are some, so that they come in fewer pieces.
const WAIT: Duration = Duration::from_millis(200);
const GATHER: Duration = Duration::from_millis(20);
/// Messages that are gathered at most.
const MOST_MESSAGES: usize = 10_000;

/// A consumer of some partitions of a topic.
pub(super) struct Consumer {
    queue: NonNull<rd::rd_kafka_queue_t>,
    /// Behind the queue, which must be let go of first.
    client: Client<DefaultClientContext>,
}

// SAFETY: librdkafka is thread-safe (its introduction, "Threads and callbacks"): a queue may be used by any thread.
unsafe impl Send for Consumer {}
// SAFETY: as above; nothing here is changed through a shared reference but by librdkafka itself.
unsafe impl Sync for Consumer {}

/// A message.
pub(super) struct Message {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) payload: Vec<u8>,
}

/// Messages that came together, and what went wrong behind them.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) messages: Vec<Message>,
    pub(super) failure: Option<String>,
}

impl Consumer {
    pub(super) fn new(config: &ClientConfig, reach: &Reach) -> Result<Self, String> {
        let native = config.create_native_config().map_err(|error| error.to_string())?;
        // SAFETY: the configuration is alive and not used by anybody else yet. The function is there as long as the
        // program, and uses nothing but its arguments.
        unsafe {
            rd::rd_kafka_conf_set_events(native.ptr(), rd::RD_KAFKA_EVENT_ERROR);
            if !reach.allows_private {
                rd::rd_kafka_conf_set_connect_cb(native.ptr(), Some(connect_public));
            }
        }
        let client = Client::new(config, native, RDKafkaType::RD_KAFKA_CONSUMER, DefaultClientContext);
        let client = client.map_err(|error| error.to_string())?;
        // SAFETY: the client is alive, as long as the queue is.
        let queue = unsafe {
            rd::rd_kafka_poll_set_consumer(client.native_ptr());
            rd::rd_kafka_queue_get_consumer(client.native_ptr())
        };
        let queue = NonNull::new(queue).ok_or("the consumer has no queue")?;
        Ok(Self { queue, client })
    }

    pub(super) fn client(&self) -> &Client<DefaultClientContext> {
        &self.client
    }

    /// Begins to read partitions.
    pub(super) fn assign(&self, topic: &str, offsets: &Offsets) -> Result<(), String> {
        let list = list_of(topic, offsets)?;
        // SAFETY: client and list are alive; the list is copied.
        let code = unsafe { rd::rd_kafka_assign(self.client.native_ptr(), list.ptr()) };
        if code.is_error() { Err(RDKafkaErrorCode::from(code).to_string()) } else { Ok(()) }
    }

    /// Tells the group where the feed stands, without waiting for an answer.
    pub(super) fn commit(&self, topic: &str, offsets: &Offsets) {
        if let Ok(list) = list_of(topic, offsets) {
            // SAFETY: client and list are alive; the list is copied. What comes of it is of no consequence.
            unsafe { rd::rd_kafka_commit(self.client.native_ptr(), list.ptr(), 1) };
        }
    }

    /// Waits a moment for messages. Blocks.
    pub(super) fn gather(&self) -> Gathered {
        let mut gathered = Gathered::default();
        let (mut bytes, mut end) = (0, Instant::now() + WAIT);
        while bytes < MAX_PIECE_BYTES && gathered.messages.len() < MOST_MESSAGES {
            let left = end.saturating_duration_since(Instant::now());
            let Some(event) = self.next_event(left) else { break };
            if let Some(failure) = event.failure() {
                gathered.failure = Some(failure);
                break;
            }
            if gathered.messages.is_empty() {
                end = Instant::now() + GATHER;
            }
            while let Some(message) = event.message() {
                bytes += message.payload.len();
                gathered.messages.push(message);
            }
        }
        gathered
    }

    /// What the consumer says is wrong. That of a broker tells more than that none is there.
    pub(super) fn trouble(&self) -> Option<String> {
        let events = std::iter::from_fn(|| self.next_event(Duration::ZERO));
        let errors = events.filter_map(|event| event.error());
        errors.max_by_key(|(code, _)| *code != RDKafkaErrorCode::AllBrokersDown).map(|(_, text)| text)
    }

    fn next_event(&self, wait: Duration) -> Option<Event> {
        let wait_ms = c_int::try_from(wait.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: the queue is alive. The event is ours, and is let go of once.
        NonNull::new(unsafe { rd::rd_kafka_queue_poll(self.queue.as_ptr(), wait_ms) }).map(Event)
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // SAFETY: the queue is alive, and nobody uses it any more.
        unsafe { rd::rd_kafka_queue_destroy(self.queue.as_ptr()) };
    }
}

fn list_of(topic: &str, offsets: &Offsets) -> Result<TopicPartitionList, String> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for (partition, offset) in offsets {
        let added = list.add_partition_offset(topic, *partition, Offset::Offset(*offset));
        added.map_err(|error| error.to_string())?;
    }
    Ok(list)
}

struct Event(NonNull<rd::rd_kafka_event_t>);

impl Event {
    /// What is wrong, when that needs more than waiting: librdkafka itself connects again to a broker that is lost as
    /// long as there are others, and goes on at the first message where those that were wanted are gone.
    fn failure(&self) -> Option<String> {
        use RDKafkaErrorCode as Code;
        let (code, text) = self.error()?;
        let passes = matches!(
            code,
            Code::BrokerTransportFailure
                | Code::Resolve
                | Code::OperationTimedOut
                | Code::RequestTimedOut
                | Code::PartitionEOF
                | Code::AutoOffsetReset
                | Code::OffsetOutOfRange
                | Code::CoordinatorNotAvailable
                | Code::CoordinatorLoadInProgress
                | Code::NotCoordinator
                | Code::GroupAuthorizationFailed
        );
        (!passes).then_some(text)
    }

    fn error(&self) -> Option<(RDKafkaErrorCode, String)> {
        // SAFETY: the event is alive; its text is as long as it is.
        unsafe {
            if rd::rd_kafka_event_type(self.0.as_ptr()) != rd::RD_KAFKA_EVENT_ERROR {
                return None;
            }
            let code = RDKafkaErrorCode::from(rd::rd_kafka_event_error(self.0.as_ptr()));
            let text = rd::rd_kafka_event_error_string(self.0.as_ptr());
            let text = NonNull::new(text.cast_mut());
            let text = text.map(|text| CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned());
            Some((code, text.unwrap_or_else(|| code.to_string())))
        }
    }

    /// The next message of those that it brings.
    fn message(&self) -> Option<Message> {
        // SAFETY: the event is alive. It owns its messages, and they their bytes, which are copied; there are none
        // where the pointer is null.
        unsafe {
            if rd::rd_kafka_event_type(self.0.as_ptr()) != rd::RD_KAFKA_EVENT_FETCH {
                return None;
            }
            let message = rd::rd_kafka_event_message_next(self.0.as_ptr()).as_ref()?;
            let payload = NonNull::new(message.payload.cast::<u8>());
            let payload =
                payload.map(|start| std::slice::from_raw_parts(start.as_ptr(), message.len).to_vec());
            Some(Message {
                partition: message.partition,
                offset: message.offset,
                payload: payload.unwrap_or_default(),
            })
        }
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: it is ours, and let go of once.
        unsafe { rd::rd_kafka_event_destroy(self.0.as_ptr()) };
    }
}

/// Connects like librdkafka itself does, to public addresses only.
///
/// # Safety
/// `address` is null, or leads to an address of `length` bytes.
unsafe extern "C" fn connect_public(
    socket: c_int,
    address: *const sockaddr,
    length: c_int,
    _broker: *const c_char,
    _context: *mut c_void,
) -> c_int {
    // SAFETY: as this function demands.
    if !unsafe { address_of(address, length) }.is_some_and(is_public) {
        return libc::EACCES;
    }
    // SAFETY: as above; the length is not negative, because an address was read.
    match unsafe { libc::connect(socket, address, length.unsigned_abs()) } {
        0 => 0,
        _ => match std::io::Error::last_os_error().raw_os_error() {
            None | Some(libc::EINPROGRESS) => 0,
            Some(code) => code,
        },
    }
}

/// The address of a socket, where it is one of the internet.
///
/// # Safety
/// `address` is null, or leads to an address of `length` bytes.
unsafe fn address_of(address: *const sockaddr, length: c_int) -> Option<IpAddr> {
    let length = usize::try_from(length).ok()?;
    if address.is_null() || length < size_of::<sockaddr>() {
        return None;
    }
    // SAFETY: the bytes are there, and for each family as many as it has; where they lie may be anywhere.
    unsafe {
        match c_int::from(address.read_unaligned().sa_family) {
            AF_INET if length >= size_of::<sockaddr_in>() => {
                let address = address.cast::<sockaddr_in>().read_unaligned();
                Some(IpAddr::V4(Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr))))
            }
            AF_INET6 if length >= size_of::<sockaddr_in6>() => {
                let address = address.cast::<sockaddr_in6>().read_unaligned();
                Some(IpAddr::V6(Ipv6Addr::from(address.sin6_addr.s6_addr)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::consumer::{BaseConsumer, Consumer as _};
    use rdkafka::mocking::MockCluster;

    use super::*;

    const BOUND: Duration = Duration::from_secs(20);

    fn config(servers: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", servers).set("group.id", "watchers");
        config.set_log_level(rdkafka::config::RDKafkaLogLevel::Emerg);
        config
    }

    #[test]
    fn private_addresses_are_not_connected_to() {
        let v4 = |octets: [u8; 4]| {
            // SAFETY: all of its bytes may be zero.
            let mut address: sockaddr_in = unsafe { std::mem::zeroed() };
            address.sin_family = AF_INET as libc::sa_family_t;
            address.sin_addr.s_addr = u32::from_ne_bytes(octets);
            address
        };
        let code = |address: &sockaddr_in| {
            let (pointer, length) = (std::ptr::from_ref(address).cast(), size_of::<sockaddr_in>() as c_int);
            // SAFETY: the address is there, with as many bytes. There is no such socket.
            unsafe { connect_public(-1, pointer, length, std::ptr::null(), std::ptr::null_mut()) }
        };
        for private in [[127, 0, 0, 1], [10, 0, 0, 1], [169, 254, 169, 254]] {
            assert_eq!(code(&v4(private)), libc::EACCES);
        }
        assert_eq!(code(&v4([8, 8, 8, 8])), libc::EBADF);
        // SAFETY: null is allowed.
        assert_eq!(unsafe { address_of(std::ptr::null(), 16) }, None);
    }

    #[test]
    fn a_cluster_in_the_network_is_not_reached() {
        let cluster = MockCluster::new(1).unwrap();
        let consumer = Consumer::new(&config(&cluster.bootstrap_servers()), &Reach::default()).unwrap();
        assert!(consumer.client().fetch_metadata(None, Duration::from_secs(2)).is_err());
        let trouble = consumer.trouble().unwrap();
        assert!(trouble.contains("Permission denied"), "{trouble}");
        let near = Reach { allows_private: true, folders: vec![] };
        let consumer = Consumer::new(&config(&cluster.bootstrap_servers()), &near).unwrap();
        assert!(consumer.client().fetch_metadata(None, BOUND).is_ok());
    }

    #[test]
    fn a_group_is_told_how_far_the_feed_is() {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("orders", 2, 1).unwrap();
        let near = Reach { allows_private: true, folders: vec![] };
        let config = config(&cluster.bootstrap_servers());
        let consumer = Consumer::new(&config, &near).unwrap();
        let offsets = Offsets::from([(0, 5), (1, 7)]);
        consumer.assign("orders", &Offsets::from([(0, 0), (1, 0)])).unwrap();
        consumer.commit("orders", &offsets);
        let watcher: BaseConsumer = config.create().unwrap();
        let end = Instant::now() + BOUND;
        let told = || {
            let mut list = TopicPartitionList::new();
            list.add_partition_range("orders", 0, 1);
            let told = watcher.committed_offsets(list, BOUND).unwrap();
            told.elements().iter().map(|at| (at.partition(), at.offset())).collect::<Vec<_>>()
        };
        let expected = [(0, Offset::Offset(5)), (1, Offset::Offset(7))];
        while told() != expected {
            assert!(Instant::now() < end, "{:?}", told());
        }
    }
}
