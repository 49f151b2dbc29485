/** What invented people are called and where they live. The places are invented too; nobody gets post there. */

export const femaleNames = words(
  'Amelia Olivia Isla Ava Ivy Freya Lily Florence Mia Willow Rosie Sophia Isabella Grace Daisy Sienna Poppy Elsie Emily Ella Evelyn Phoebe Evie Charlotte Harper Millie Matilda Maya Sophie Alice Emilia Isabelle Ruby Luna Maisie Aria Penelope Mila Margaret Susan Janet Patricia Christine Linda Carol Elizabeth Barbara Jean Dorothy Joan Sheila Maureen Deborah Karen Jacqueline Tracey Alison Nicola Aisha Fatima Zainab Priya Anjali Simran Ngozi Adaeze Chiamaka Agnieszka Katarzyna Mei Siân Carys Eilidh Mairi Niamh Aoife',
);

export const maleNames = words(
  'Noah George Oliver Arthur Muhammad Leo Oscar Harry Archie Jack Henry Charlie Freddie Theodore Thomas Alfie Jacob Theo William Isaac Tommy Joshua James Alexander Arlo Lucas Roman Edward Elijah Teddy Max Adam Albie Reggie Rory Finley Ezra Luca David John Peter Michael Alan Robert Stephen Paul Brian Graham Philip Anthony Colin Christopher Andrew Kevin Ian Derek Kenneth Ronald Mohammed Omar Yusuf Rajesh Arjun Gurpreet Emeka Kwame Tunde Piotr Tomasz Wei Rhys Gethin Hamish Callum Declan Cian',
);

export const familyNames = words(
  "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White Roberts Green Hall Thomas Clarke Jackson Wood Harris Edwards Turner Martin Cooper Hill Ward Hughes Moore Clark King Harrison Lewis Baker Lee Allen Morris Khan Scott Watson Davis Parker James Bennett Young Phillips Richardson Mitchell Bailey Carter Cook Singh Shaw Bell Collins Morgan Kelly Begum Miller Cox Hussain Marshall Simpson Price Anderson Adams Wilkinson Foster Ellis Murphy Chapman Mason Gray Richards Webb Rogers Griffiths Hunt Palmer Campbell Holmes Mills Ahmed Ali Okonkwo Adeyemi Mensah Osei Nowak Kowalski Wójcik Chowdhury Rahman Iqbal Mahmood Kaur Sharma O'Brien O'Connor Byrne Gallagher MacDonald MacLeod Fraser Llewellyn Pritchard Featherstone Ashworth Blackwood Hargreaves Ramsbottom",
);

export const streets = words(
  'Ropewalk Tannery Foundry Larkspur Heron Millrace Orchard Quarry Chandler Saddler Bramble Kestrel Wharf Meadowsweet Beacon Juniper Cooper Fuller Weaver Lantern Harebell Plover Rookery Sorrel Teasel Thistle Alder Hazel Rowan Willowherb',
);

export const streetKinds = words('Lane Road Street Close Avenue Drive Way Gardens Terrace Place');

interface Region {
  readonly county: string;
  readonly towns: readonly string[];
  /** In the ZZ99 area, which is no place: the health services use it for those without an address. */
  readonly postalCode: string;
}

export const regions = {
  'GB-ENG': {
    county: 'Northshire',
    towns: words(
      'Kingsmere Aldercombe Wrenbury Thornwick Saltmarsh Netherfold Hollinbrook Eastmoor Cawfield',
    ),
    postalCode: 'ZZ99 3VZ',
  },
  'GB-WLS': {
    county: 'Gwentshire',
    towns: ['Llanfair-y-Cwm', 'Aberderwen', 'Pont-y-Garreg', 'Trefwen'],
    postalCode: 'ZZ99 3CZ',
  },
  'GB-SCT': {
    county: 'Wester Glen',
    towns: ['Strathcarron Bay', 'Inverlochy Muir', 'Kirkbrae', 'Dunmarra'],
    postalCode: 'ZZ99 1WZ',
  },
  'GB-NIR': {
    county: 'Lough Antrim',
    towns: ['Ballyfinnan', 'Drumcairn', 'Killybeg Strand'],
    postalCode: 'ZZ99 2WZ',
  },
} as const satisfies Record<string, Region>;

function words(text: string): readonly string[] {
  return text.split(' ');
}
